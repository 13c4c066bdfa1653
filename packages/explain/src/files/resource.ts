import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above `folder` that holds rules with their composites: the package as installed, or the repository. */
const homeAbove = (folder: string): string =>
  existsSync(join(folder, 'rules', 'composites')) || dirname(folder) === folder ? folder : homeAbove(dirname(folder));

const home = homeAbove(dirname(fileURLToPath(import.meta.url)));

/**
 * Where something lies that comes along with Kirchhoff: `rules`, `rules/composites`, `models/<name>`, `schemas`.
 * @param path from the package's folder, or from that of the repository
 */
export const resourcePath = (path: string): string => join(home, path);

/** Where a model lies: at `path`, or, where nothing lies there and it is a mere name, among those that come along. */
export const modelPath = (path: string): string => {
  const bundled = resourcePath(join('models', path));
  return /^[\w-]+$/.test(path) && !existsSync(path) && existsSync(bundled) ? bundled : path;
};
