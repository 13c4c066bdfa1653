export * from '@kirchhoff/verify';
