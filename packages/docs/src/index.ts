export { curvesOf, type Curve, type Written } from './curve.js';
export { generate, pictureFolder } from './generate.js';
export { curveSvg } from './picture.js';
export { checkCites, citesOf, decodeBibliography, type Bibliography, type Reference } from './reference.js';
export { representativesOf, type Representative } from './representative.js';
export { generateFrom } from './sources.js';
export { schemaPath, schemas, type DocumentKind } from './schema/index.js';
