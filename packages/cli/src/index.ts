export { addCommands } from './program.js';
