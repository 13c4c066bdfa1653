export { readBytes, readText, openBytes } from './file.js';
export { openGraphFile, openModelFolder, openTensorsIn, readDocument, type ModelFolder } from './folder.js';
export { readPicture, type Picture } from './picture.js';
export { describeWriteFailure, writeAllAtomically, writeAtomically } from './atomic.js';
export { readDocuments } from './documents.js';
export { readInputs, type Batch, type InputFile } from './inputs.js';
export { loadModel } from './load.js';
export { openOnnxFile, type OnnxFile } from './onnx.js';
export { openTextReader } from './text.js';
