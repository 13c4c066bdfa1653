import { option } from '@kirchhoff/message';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openModelFolder,
  openOnnxFile,
  openTextReader,
  readBytes,
  readDocument,
  readPicture,
  readText,
  writeAtomically,
} from '../src/node.js';
import { describeFailure, describeWriteFailure } from '../src/files/failure.js';
import { problemsOf } from './support.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const lenet = join(repository, 'models/mnist-lenet');
const documents = join(repository, 'specs/invalid/external');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-contained-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const at = (...names: string[]): string => join(folder, ...names);
const told = (either: Parameters<typeof problemsOf>[0]): string => problemsOf(either).replaceAll(folder, 'DIR');

const makePipe = (path: string): void => {
  execFileSync('mkfifo', [path]);
};

/** A model's folder with a secret beside it, and links to it. */
const surround = (): void => {
  cpSync(documents, at('model'), { recursive: true });
  mkdirSync(at('outside'));
  mkdirSync(at('model', 'adir'));
  const weights = new Uint8Array(new Float32Array(10000).fill(0.5).buffer);
  writeFileSync(at('outside', 'secret.bin'), weights);
  writeFileSync(at('model', 'ok.bin'), weights);
  symlinkSync('../outside/secret.bin', at('model', 'link.bin'));
  symlinkSync('../outside', at('model', 'linkdir'));
  symlinkSync('/nowhere/at/all', at('model', 'dangling.bin'));
  symlinkSync('/dev/zero', at('model', 'zero.bin'));
  makePipe(at('model', 'fifo.bin'));
};

describe('external data', () => {
  test('are regular files in the folder of the model, whatever the model names', async () => {
    surround();
    const said: Record<string, string> = {};
    for (const name of [
      'backslash',
      'dangling',
      'devzero',
      'dir',
      'dot',
      'dotdot',
      'dotdot-mid',
      'dotdotdot',
      'dotslash',
    ]) {
      said[name] = told(await openOnnxFile(at('model', `${name}.onnx`)));
    }
    for (const name of ['empty', 'fifo', 'nul', 'proc', 'self', 'space', 'symlink', 'symlink-dir', 'tilde', 'urlenc']) {
      said[name] = told(await openOnnxFile(at('model', `${name}.onnx`)));
    }
    expect(said).toMatchInlineSnapshot(`
      {
        "backslash": "DIR/model/backslash.onnx: the file "..\\\\outside\\\\secret.bin" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "dangling": "DIR/model/dangling.bin: this is a link to "/nowhere/at/all", where there is nothing; make the link anew, or put the file itself here",
        "devzero": "DIR/model/devzero.onnx: "zero.bin" is a link to a file outside the model's folder, which is not opened; put the file itself beside the model",
        "dir": "DIR/model/adir: this is a folder; name a file",
        "dot": "DIR/model: this is a folder; name a file",
        "dotdot": "DIR/model/dotdot.onnx: the file "../outside/secret.bin" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "dotdot-mid": "DIR/model/dotdot-mid.onnx: the file "adir/../../outside/secret.bin" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "dotdotdot": "DIR/model/.../ok.bin: there is no such file",
        "dotslash": "no problem",
        "empty": "DIR/model/empty.onnx: the file "" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "fifo": "DIR/model/fifo.bin: this is a named pipe, which is not read; save what it gives in a file and name that",
        "nul": "DIR/model/nul.onnx: the file "ok.bin\\u0000.txt" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "proc": "DIR/model/proc.onnx: the file "/proc/self/environ" lies outside the model's folder; put it beside the model and name it without "/" in front or ".."",
        "self": "DIR/model/self.onnx: external data are truncated: 40000 bytes are needed, the file has 112",
        "space": "DIR/model/ ok.bin: there is no such file (did you mean "ok.bin"?)",
        "symlink": "DIR/model/symlink.onnx: "link.bin" is a link to a file outside the model's folder, which is not opened; put the file itself beside the model",
        "symlink-dir": "DIR/model/symlink-dir.onnx: "linkdir/secret.bin" is a link to a file outside the model's folder, which is not opened; put the file itself beside the model",
        "tilde": "DIR/model/~/x: there is no such file",
        "urlenc": "DIR/model/%2e%2e/outside/secret.bin: there is no such file",
      }
    `);
  });

  test('lie where offset and length say, which are numbers of bytes in the file', async () => {
    surround();
    const said: Record<string, string> = {};
    for (const name of [
      'len-0',
      'len-huge',
      'off-1e3',
      'off-end',
      'off-hex',
      'off-huge',
      'off-nan',
      'off-neg',
      'off-odd',
      'off-space',
    ])
      said[name] = told(await openOnnxFile(at('model', `b-${name}.onnx`)));
    expect(said).toMatchInlineSnapshot(`
      {
        "len-0": "DIR/model/b-len-0.onnx: tensor "W" of shape [100, 100] needs 40000 bytes, but the file holds 0; the file is damaged or cut off",
        "len-huge": "DIR/model/b-len-huge.onnx: tensor "W" lies at offset 0 with length 9007199254740992 of its file, which are no numbers of bytes; export the model again",
        "off-1e3": "DIR/model/b-off-1e3.onnx: tensor "W" lies at offset 1e3 with length 40000 of its file, which are no numbers of bytes; export the model again",
        "off-end": "DIR/model/ok.bin: external data are truncated: 80001 bytes are needed, the file has 40000",
        "off-hex": "DIR/model/b-off-hex.onnx: tensor "W" lies at offset 0x0 with length 40000 of its file, which are no numbers of bytes; export the model again",
        "off-huge": "DIR/model/b-off-huge.onnx: tensor "W" lies at offset 9007199254740992 with length 40000 of its file, which are no numbers of bytes; export the model again",
        "off-nan": "DIR/model/b-off-nan.onnx: tensor "W" lies at offset x with length 40000 of its file, which are no numbers of bytes; export the model again",
        "off-neg": "DIR/model/b-off-neg.onnx: tensor "W" lies at offset -1 with length 40000 of its file, which are no numbers of bytes; export the model again",
        "off-odd": "DIR/model/b-off-odd.onnx: tensor "W" of shape [100, 100] needs 40000 bytes, but the file holds 39999; the file is damaged or cut off",
        "off-space": "DIR/model/b-off-space.onnx: tensor "W" lies at offset  0  with length 40000 of its file, which are no numbers of bytes; export the model again",
      }
    `);
  });
});

describe('what a folder of a model names', () => {
  /** The digit model, with `file` as a link to a file of the same content elsewhere. */
  const withLink = (file: string): string => {
    mkdirSync(at('lenet'));
    mkdirSync(at('elsewhere'));
    for (const name of ['model.json', 'graph.json', 'weights.safetensors'])
      cpSync(join(lenet, name), at(name === file ? 'elsewhere' : 'lenet', name));
    symlinkSync(at('elsewhere', file), at('lenet', file));
    return at('lenet');
  };

  test.each(['graph.json', 'weights.safetensors'])('%s lies in it, and is no link out of it', (file) => {
    expect(told(openModelFolder(withLink(file)))).toContain(
      `"${file}" is a link to a file outside the model's folder, which is not opened; put the file itself beside the model`,
    );
  });

  test('lies side by side in the store that a link to the model leads to', () => {
    mkdirSync(at('blobs'));
    mkdirSync(at('snapshot'));
    for (const [i, name] of ['model.json', 'graph.json', 'weights.safetensors'].entries()) {
      cpSync(join(lenet, name), at('blobs', `b${i}`));
      symlinkSync(`../blobs/b${i}`, at('snapshot', name));
    }
    expect(E.isRight(openModelFolder(at('snapshot')))).toBe(true);
  });

  test('a vocabulary is no link out of it, and no pipe', async () => {
    const spec = { tokenizer: 'whitespace', vocabulary: 'v.json', unknown: 0, maximum: 4, lowercase: false } as const;
    writeFileSync(at('words.json'), '["a"]');
    mkdirSync(at('model'));
    writeFileSync(at('model', 'model.json'), '{}');
    symlinkSync('../words.json', at('model', 'v.json'));
    expect(told(await openTextReader(at('model'), spec))).toContain('"v.json" is a link to a file outside');
    rmSync(at('model', 'v.json'));
    makePipe(at('model', 'v.json'));
    expect(told(await openTextReader(at('model'), spec))).toBe(
      'DIR/model/v.json: this is a named pipe, which is not read; save what it gives in a file and name that',
    );
  });
});

describe('what a person names', () => {
  test('is a file on a disk: pipes, devices, folders and files of the system are refused by kind, at once', async () => {
    makePipe(at('pipe'));
    symlinkSync('/nowhere/at/all', at('dangling'));
    symlinkSync('loop', at('loop'));
    const image = { channels: 'grey', size: [28, 28], scale: 1, mean: [0], std: [1], layout: 'NCHW' } as const;
    const named = [at('pipe'), '/dev/zero', '/dev/null', '/proc/self/environ', folder, at('dangling'), at('loop')];
    expect(named.map((path) => told(readBytes(path)))).toMatchInlineSnapshot(`
      [
        "DIR/pipe: this is a named pipe, which is not read; save what it gives in a file and name that",
        "/dev/zero: this is a device, which is not read; save what it gives in a file and name that",
        "/dev/null: this is a device, which is not read; save what it gives in a file and name that",
        "/proc/self/environ: this is a file that the system makes up when it is read, which is not read; save what it gives in a file and name that",
        "DIR: this is a folder; name a file",
        "DIR/dangling: this is a link to "/nowhere/at/all", where there is nothing; make the link anew, or put the file itself here",
        "DIR/loop: this is a link that leads back to itself; put the file itself here",
      ]
    `);
    for (const path of named.slice(0, 5)) {
      const said = told(readBytes(path));
      expect(told(readText(path))).toBe(said);
      expect(told(readDocument(path, E.right))).toBe(said);
      expect(told(await readPicture(path, image))).toBe(said);
      expect(told(await openOnnxFile(path))).toBe(said);
    }
  });

  test('is read as long as it is, up to a limit', () => {
    writeFileSync(at('ten'), '0123456789');
    expect(told(readBytes(at('ten'), 9))).toBe(
      'DIR/ten: the file has 10 bytes, more than the 9 that are read of such a file; name a smaller one',
    );
    expect(readBytes(at('ten'), 10)).toEqual(E.right(Uint8Array.from(readFileSync(at('ten')))));
  });

  test('is UTF-8 where it is text, with or without a byte order mark', () => {
    writeFileSync(at('bom'), '\uFEFF{"a": 1}');
    writeFileSync(at('utf-16'), '\uFEFF{"a": 1}', 'utf16le');
    writeFileSync(at('latin'), Uint8Array.of(0x61, 0xe9));
    expect(readText(at('bom'))).toEqual(E.right('{"a": 1}'));
    expect(told(readText(at('utf-16')))).toBe('DIR/utf-16: the text is not UTF-8 but UTF-16; save it anew as UTF-8');
    expect(told(readText(at('latin')))).toBe('DIR/latin: the text is not UTF-8; save it anew as UTF-8');
  });
});

describe('what cannot be written', () => {
  test.each([
    ['/proc/x', 'the system’s own'],
    ['/proc/1/a/b/c', 'the system’s own'],
    ['/dev/null/x', 'a file stands where a folder is needed'],
  ])('%s', (path, said) => {
    expect(told(writeAtomically(join(path, 'x.npy'), 'x'))).toContain(said);
  });

  test('below a link that leads nowhere', () => {
    symlinkSync('/nowhere/at/all', at('dangling'));
    expect(told(writeAtomically(at('dangling', 'x.npy'), 'x'))).toBe(
      'DIR/dangling: this is a link to "/nowhere/at/all", where there is nothing; make the link anew, or put the file itself here',
    );
  });

  test.each([
    ['ENOSPC', `the disk is full; make room, or choose another place with ${option('out')}`],
    ['EROFS', `this lies on a disk that can only be read; choose another place with ${option('out')}`],
    ['EACCES', 'reading or writing here is not permitted; check the permissions'],
    ['ENAMETOOLONG', 'the name is longer than the system allows; choose a shorter one'],
    ['EMFILE', 'too many files are open at once; raise the limit (ulimit -n)'],
    ['EIO', 'cannot be read or written: EIO; check the disk and the path'],
  ])('%s is told with a remedy', (code, said) => {
    const thrown = Object.assign(new Error(code), { code });
    expect(describeFailure(at('x'), thrown)).toBe(said);
    expect(describeWriteFailure(at('x'), thrown)).toBe(said);
  });
});
