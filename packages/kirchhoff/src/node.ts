export { openRulebook } from '@kirchhoff/explain/node';
