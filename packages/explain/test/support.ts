export * from '../../relevance/test/support.js';
