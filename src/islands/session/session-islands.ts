import { LabEditor } from '../editor/lab-editor.ts';
import { LabChecks } from '../lab-checks.ts';
import { LabMap } from '../lab-map.ts';
import { LabPreviews } from '../lab-previews.ts';

/** The islands that do nothing until the page has a session. */

customElements.define('lab-checks', LabChecks);
customElements.define('lab-editor', LabEditor);
customElements.define('lab-map', LabMap);
customElements.define('lab-previews', LabPreviews);
