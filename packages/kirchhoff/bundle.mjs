import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const require = createRequire(import.meta.url);
const folders = Object.fromEntries(
  ['fp-ts', 'io-ts'].map((name) => [name, dirname(require.resolve(`${name}/package.json`))]),
);

const entries = ['index', 'node', 'verify', 'compare'];

const rooms = /^(?:\.{0,2}\/|\/|@kirchhoff\/)/;
const withLibraries = /^(?:\.{0,2}\/|\/|@kirchhoff\/|(?:fp|io)-ts(?:\/|$))/;

/** Everything but the rooms stays where it is; what `imports` in package.json chooses stays a choice. */
const common = (folder, inside = rooms) => ({
  cwd: folder,
  platform: 'neutral',
  external: (id) => !inside.test(id),
});

/**
 * fp-ts and io-ts come in their modules that can be taken apart, of which a page loads what it uses; Node itself finds but those
 * that come whole.
 */
const libraries = {
  name: 'libraries',
  resolveId: (id) => {
    const [, library, file] = /^(fp-ts|io-ts)(?:\/(?:lib|es6)\/([\w/]+?)(?:\.js)?)?$/.exec(id) ?? [];
    return library === undefined ? undefined : join(folders[library], 'es6', `${file ?? 'index'}.js`);
  },
};

/** Entry points by the name of their module in `dist`. */
const programs = {
  ...Object.fromEntries(entries.map((name) => [name, `./build/${name}.js`])),
  cli: '../cli/dist/main.js',
  worker: '../explain/dist/files/series/worker.js',
  'engine-native': '../runtime/dist/ort/native.js',
  'engine-web': '../runtime/dist/ort/web.js',
  'garu-node': '../text/dist/garu/node.js',
  'garu-web': '../text/dist/garu/web.js',
};

/** Where a module goes: entry points to the top, all others below their room's name, so that a page takes no more than it uses. */
const fileOf = (folder, module) => {
  if (module.startsWith('\0')) return 'rooms/runtime.js';
  const library = /node_modules\/((?:fp|io)-ts)\/es6\/(.*)$/.exec(module.split(sep).join('/'));
  if (library !== null) return `libraries/${library[1]}/${library[2]}`;
  const path = relative(join(folder, '..'), module).split(sep).join('/');
  const entry = Object.entries(programs).find(([, file]) => resolve(folder, file) === module);
  return entry === undefined ? `rooms/${path.replace(/\/(?:dist|build)\//, '/')}` : `${entry[0]}.js`;
};

/** Bundles the rooms into `dist`: one module for each entry point, what they share beside them, and their types. */
export const bundle = async (folder) => {
  const program = await rolldown({
    ...common(folder, withLibraries),
    plugins: [libraries],
    input: Object.values(programs),
  });
  await program.write({
    dir: `${folder}/dist`,
    format: 'esm',
    preserveModules: true,
    entryFileNames: ({ facadeModuleId }) => fileOf(folder, facadeModuleId),
    cleanDir: true,
  });
  const types = await rolldown({
    ...common(folder),
    input: Object.fromEntries(entries.map((name) => [name, `./build/${name}.d.ts`])),
    plugins: [dts({ dtsOnly: true, cwd: folder, tsconfig: 'tsconfig.json', sourcemap: false })],
  });
  await types.write({ dir: `${folder}/dist`, format: 'esm', chunkFileNames: 'shared/[name].d.ts' });
};
