export { runProgram, type Terminal } from './run.js';
