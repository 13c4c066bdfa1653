export { defineRule } from '@kirchhoff/rule';
