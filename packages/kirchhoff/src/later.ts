/** What most pages never ask for, in one piece that is loaded when it is first asked for. */
export { compareOn } from './compared.js';
export { exported } from './exported.js';
