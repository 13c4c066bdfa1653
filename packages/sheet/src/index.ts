export { columnsOf, explainedSheet, sheetRows, shownSamples, type ExplainedColumn } from './sheet.js';
export { reviewSheet, type Reviewed } from './review.js';
