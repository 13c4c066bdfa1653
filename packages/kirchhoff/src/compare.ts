export * from '@kirchhoff/compare';
