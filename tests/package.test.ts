import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { transformSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import sharp from 'sharp';
import { loadModel } from '@kirchhoff/explain/node';
import { encodeOnnx } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from '../packages/kirchhoff/size.mjs';
import { writeReference } from '../packages/kirchhoff/reference.mjs';
import { packages, root } from './repository.js';

interface Manifest {
  readonly bin: { readonly kirchhoff: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

const home = join(root, 'packages/kirchhoff');
const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Manifest;
const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-package-'));
const installed = join(folder, 'node_modules/kirchhoff');

/** Puts a package of this repository's own node_modules beside the one that is tried. */
const link = (name: string, from = home): void => {
  const to = join(folder, 'node_modules', name);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(join(from, 'node_modules', name), to, 'junction');
};

const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const kirchhoff = (...args: readonly string[]): string => run(join(installed, manifest.bin.kirchhoff), ...args);

let tarball: string;

/** A classifier of pictures as an ONNX file that says nothing of how a picture becomes its input. */
const writeBareModel = async (): Promise<void> => {
  const model = await loadModel(join(root, 'models/cifar-resnet'));
  if (E.isLeft(model)) throw new Error(model.left[0]?.message);
  const { graph, store, types } = model.right.typed;
  writeFileSync(join(folder, 'model.onnx'), encodeOnnx(graph, store, { opset: 21, external: false, types }));
};

beforeAll(async () => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: home, stdio: 'ignore', shell: true });
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies)) link(name);
  for (const name of ['@types/node', 'typescript']) link(name, root);
  for (const name of ['3', '7'])
    cpSync(join(root, `models/mnist-lenet/samples/${name}.png`), join(folder, `${name}.png`));
  cpSync(join(root, 'rules/epsilon.json'), join(folder, 'my-rule.json'));
  await sharp({ create: { width: 90, height: 60, channels: 3, background: '#a83' } })
    .jpeg()
    .toFile(join(folder, 'cat.jpg'));
  await writeBareModel();
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The scripts of the page on the library, each with its language. */
const scripts = [...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/^```([jt]s)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = ''], i) => ({ name: `script-${i}.${language}`, language, text }),
);

describe('from the tarball, in an empty folder', () => {
  it('explains a bundled model by its name', () => {
    expect(kirchhoff('explain', 'mnist-lenet', '--input', '3.png')).toMatch(/^3\.png: 3 \(output 3\)|^3: 3/m);
  });

  it('explains an ONNX file on a picture, and says how that is read', () => {
    const said = kirchhoff('explain', 'model.onnx', '--input', 'cat.jpg');
    expect(said).toContain(
      'model.onnx does not say how a picture becomes "image"; it is read as rgb 32×32 with values from 0 to 1 (say otherwise in a model.json: kirchhoff import)',
    );
    expect(said).toMatch(/closure \d\.\de-\d/);
  });

  it('verifies a rule', () => {
    expect(kirchhoff('verify', 'my-rule.json')).toContain('epsilon · ledger: proved');
  });

  it('explains many pictures, in a thread of its own', () => {
    expect(kirchhoff('explain', 'mnist-lenet', '--input', '*.png', '--out', 'many')).toContain('2 samples');
  });

  it.each(scripts.map((one) => [one.name, one] as const))('runs %s of docs/library.md', (name, { language, text }) => {
    const file = name.replace(/ts$/, 'js');
    writeFileSync(join(folder, file), language === 'ts' ? transformSync(text, { loader: 'ts' }).code : text);
    expect(run(file)).not.toBe('');
  });

  it('runs on onnxruntime-web where conditions are those of a browser', () => {
    const web = scripts.find(({ text }) => text.includes("from 'kirchhoff';\n\nconst folder"))!;
    writeFileSync(join(folder, 'web.js'), transformSync(web.text, { loader: 'ts' }).code);
    const native =
      'console.log(process.report.getReport().sharedObjects.some((file) => file.includes("onnxruntime")));';
    writeFileSync(join(folder, 'which.js'), `await import('./web.js');\n${native}`);
    expect(run('which.js')).toMatch(/true\n$/);
    expect(run('--conditions=browser', 'which.js')).toMatch(/false\n$/);
  });

  it.each(['nodenext', 'bundler'])('types hold in strict TypeScript, %s', (resolution) => {
    for (const { name, text } of scripts) writeFileSync(join(folder, name.replace(/js$/, 'ts')), text);
    const module = resolution === 'bundler' ? ['--module', 'esnext'] : ['--module', 'nodenext'];
    const files = scripts.map(({ name }) => name.replace(/js$/, 'ts')).filter((name) => name !== 'script-1.ts');
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2023', '--types', 'node'];
    run(
      join(root, 'node_modules/typescript/bin/tsc'),
      ...options,
      ...module,
      '--moduleResolution',
      resolution,
      ...files,
    );
  });
});

describe('the package', () => {
  it('is as publint wants it', async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true });
    expect(messages).toEqual([]);
  });

  it('has types that are right wherever modules are imported', async () => {
    const checked = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    const problems = checked.types === false ? ['no types'] : checked.problems;
    const modern = ['node16-esm', 'bundler'];
    expect(
      problems.filter(
        (one) => typeof one === 'string' || !('resolutionKind' in one) || modern.includes(one.resolutionKind),
      ),
    ).toEqual([]);
  });

  it('shows what changes in its surface', async () => {
    const shared = readdirSync(join(installed, 'dist/shared')).map((name) => `shared/${name}`);
    const files = ['index.d.ts', 'node.d.ts', ...shared].map((name) =>
      readFileSync(join(installed, 'dist', name), 'utf8').replaceAll(/^import .*\n/gm, ''),
    );
    const own = files.filter((text, i) => i < 2 || text.includes('interface PlanChoice'));
    const surface = own.map((text) => text.replaceAll(/^export \{.*\};\n/gm, ''));
    await expect(surface.join('\n')).toMatchFileSnapshot(join(home, 'api/surface.d.ts.txt'));
  });

  it.each(['verify', 'compare'])('shows what comes and goes in %s', async (name) => {
    const types = readFileSync(join(installed, `dist/${name}.d.ts`), 'utf8');
    const exported = [
      ...types.matchAll(/^export (?:declare )?(?:const|type|interface|function) (\w+)|^export (?:type )?\{(.*?)\}/gm),
    ];
    const names = exported.flatMap(
      ([, one, many = '']) => one ?? many.split(',').map((part) => part.trim().replace(/^type /, '')),
    );
    await expect(`${names.toSorted().join('\n')}\n`).toMatchFileSnapshot(join(home, `api/${name}.txt`));
  });

  it('depends on what its rooms depend on, in the same versions', () => {
    const rooms = packages.filter(({ name }) => manifest.dependencies[name] === undefined && name !== 'kirchhoff');
    const known = packages.find(({ name }) => name === 'kirchhoff')!.rooms;
    const wanted = rooms
      .filter(({ name }) => known.includes(name))
      .map(({ name }) => JSON.parse(readFileSync(join(root, `packages/${name}/package.json`), 'utf8')) as Manifest)
      .flatMap(({ dependencies }) => Object.entries(dependencies))
      .filter(([name]) => !/^@(?:kirchhoff|fontsource)\//.test(name));
    expect(manifest.dependencies).toEqual(Object.fromEntries(wanted));
  });

  it('is at most 200 KiB for a page, before onnxruntime', async () => {
    expect((await measure(false)).kib).toBeLessThan(200);
  });

  it('is explained in docs/reference as its comments say', async () => {
    const out = join(folder, 'reference');
    await writeReference(out);
    for (const page of readdirSync(out))
      await expect(readFileSync(join(out, page), 'utf8')).toMatchFileSnapshot(join(root, 'docs/reference', page));
  });
});
