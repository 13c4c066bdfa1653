export { openModel, type OpenFileOptions } from './files.js';
export { type Drawn, type SavedSheet } from './sheet.js';
