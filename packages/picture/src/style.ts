import type { Style } from './text.js';

/** The typography of all pictures. */
export const styles = {
  title: { size: 17, weight: 'bold', colour: '#1b1f24' },
  subtitle: { size: 12, weight: 'regular', colour: '#57606a' },
  header: { size: 12.5, weight: 'bold', colour: '#1b1f24' },
  parameter: { size: 11, weight: 'regular', colour: '#57606a' },
  caption: { size: 12, weight: 'regular', colour: '#1b1f24' },
  small: { size: 10.5, weight: 'regular', colour: '#57606a' },
} as const satisfies Readonly<Record<string, Style>>;

export const frameColour = '#d0d4da';
export const axisColour = '#8c959f';
