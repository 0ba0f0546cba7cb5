import { part } from './dom.ts';
import { LabCode } from './lab-code.ts';
import { LabOutput } from './lab-output.ts';
import { LabPredict } from './lab-predict.ts';
import { LabPreview } from './lab-preview.ts';
import { LabSession } from './lab-session.ts';
import { LabStepTools } from './lab-step-tools.ts';
import { startPane } from './pane.ts';
import { offerStepLinks } from './step-links.ts';
import { markStepsDone } from './steps-done.ts';
import { explainTerms } from './terms.ts';

/**
 * What a lesson's page does beyond every other page. `session-islands.ts` defines the rest when
 * there is a session.
 */

explainTerms();
const text = part(document, 'lab-checks');
markStepsDone(text);
offerStepLinks(text);
const pane = startPane();
customElements.define('lab-output', LabOutput);
customElements.define('lab-code', LabCode);
customElements.define('lab-predict', LabPredict);
customElements.define('lab-preview', LabPreview);
customElements.define('lab-step-tools', LabStepTools);
customElements.define('lab-session', LabSession);
for (const island of document.querySelectorAll<LabSession>('lab-session')) island.pane = pane;
