import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

const entries = ['index', 'node', 'verify', 'compare'];

const rooms = /^(?:\.{0,2}\/|\/|@kirchhoff\/)/;

/** Everything but the rooms stays where it is; what `imports` in package.json chooses stays a choice. */
const common = (folder) => ({ cwd: folder, platform: 'neutral', external: (id) => !rooms.test(id) });

/** Bundles the rooms into `dist`: one module for each entry point, what they share beside them, and their types. */
export const bundle = async (folder) => {
  const program = await rolldown({
    ...common(folder),
    input: {
      ...Object.fromEntries(entries.map((name) => [name, `./build/${name}.js`])),
      cli: '../cli/dist/main.js',
      worker: '../cli/dist/series/worker.js',
      'engine-native': '../runtime/dist/ort/native.js',
      'engine-web': '../runtime/dist/ort/web.js',
      'garu-node': '../text/dist/garu/node.js',
      'garu-web': '../text/dist/garu/web.js',
    },
  });
  await program.write({
    dir: `${folder}/dist`,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    cleanDir: true,
  });
  const types = await rolldown({
    ...common(folder),
    input: Object.fromEntries(entries.map((name) => [name, `./build/${name}.d.ts`])),
    plugins: [dts({ dtsOnly: true, cwd: folder, tsconfig: 'tsconfig.json' })],
  });
  await types.write({ dir: `${folder}/dist`, format: 'esm', chunkFileNames: 'shared/[name].d.ts' });
};
