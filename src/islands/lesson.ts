import { LabEditor } from './editor/lab-editor.ts';
import { LabChecks } from './lab-checks.ts';
import { LabCode } from './lab-code.ts';
import { LabOutput } from './lab-output.ts';
import { LabPredict } from './lab-predict.ts';
import { LabPreview } from './lab-preview.ts';
import { LabSession } from './lab-session.ts';
import { LabStepTools } from './lab-step-tools.ts';
import { startPane } from './pane.ts';
import { explainTerms } from './terms.ts';

/** What a lesson's page does beyond what every page does. */

explainTerms();
const pane = startPane();
customElements.define('lab-output', LabOutput);
customElements.define('lab-code', LabCode);
customElements.define('lab-predict', LabPredict);
customElements.define('lab-preview', LabPreview);
customElements.define('lab-step-tools', LabStepTools);
customElements.define('lab-checks', LabChecks);
customElements.define('lab-session', LabSession);
customElements.define('lab-editor', LabEditor);
for (const island of document.querySelectorAll<LabSession | LabEditor>('lab-session, lab-editor')) {
  island.pane = pane;
}
