import { encodeExported, exportedTensors, exportExplanation, type ExportOptions, type Model } from '@kirchhoff/explain';
import { writeAllAtomically } from '@kirchhoff/explain/node';
import { bytesPerElement, sizeOf, type StoredTensor, type TensorStore } from '@kirchhoff/graph';
import { cliSays, problem, type Result } from '@kirchhoff/message';
import { tensorsOf } from '@kirchhoff/relevance';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { basename, dirname, join } from 'node:path';
import { checkExport } from './export-check.js';

export interface ExportArguments {
  readonly model: Model;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly options: ExportOptions;
  readonly out: string;
  /** Puts the weights into a file beside the model. */
  readonly external: boolean;
  /** Tries it on random samples before it is written. */
  readonly check: boolean;
  /** Writes it, too, where its explanations do not add up. */
  readonly allowOpen: boolean;
}

/** No ONNX file is larger: protobuf counts bytes in 31 bits. Room is left for the graph itself. */
const largest = 2 ** 31 - 2 ** 24;

const bytesOf = ({ type, shape }: StoredTensor): number => sizeOf(shape) * bytesPerElement[type];

/** All tensors one after another, each at a multiple of 64 bytes, and where each of them lies then. */
const inDataFile = (
  tensors: TensorStore,
  folder: string,
  name: string,
): { readonly bytes: Uint8Array; readonly store: TensorStore } => {
  let end = 0;
  const places = [...tensors].map(([key, tensor]) => {
    const offset = Math.ceil(end / 64) * 64;
    end = offset + bytesOf(tensor);
    return { key, tensor, offset };
  });
  const bytes = new Uint8Array(end);
  const store = places.map(({ key, tensor, offset }): [string, StoredTensor] => {
    const data = tensor.read();
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    return [key, { ...tensor, file: { folder, name, offset, length: data.byteLength } }];
  });
  return { bytes, store: new Map(store) };
};

/** `export MODEL --out explain.onnx`: the explanation graph as an ONNX file that runs anywhere without Kirchhoff. */
export const exportCommand = async (args: ExportArguments): Promise<Result<string>> => {
  const { model, composite, book, options, out, external } = args;
  const exported = exportExplanation(model, composite, book, options);
  if (E.isLeft(exported)) return exported;
  const checked = args.check ? await checkExport(args, exported.right, args.allowOpen) : E.right([]);
  if (E.isLeft(checked)) return checked;
  const tensors = exportedTensors(exported.right);
  const total = [...tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  if (!external && total > largest) return E.left([problem('--out', cliSays.exportTooLarge(total))]);
  const file = basename(out);
  const data = external ? inDataFile(tensors, dirname(out), `${file}.data`) : undefined;
  const { graph, opset, docs, plan } = exported.right;
  const bytes = encodeExported(exported.right, {
    external,
    ...(data && { store: new Map([...exported.right.store, ...data.store]) }),
  });
  if (E.isLeft(bytes)) return bytes;
  const files: readonly (readonly [string, Uint8Array])[] = [
    ...(data && data.bytes.length > 0 ? [[`${file}.data`, data.bytes] as const] : []),
    [file, bytes.right],
  ];
  const written = writeAllAtomically(dirname(out), files);
  if (E.isLeft(written)) return written;
  const ledger = new Set(exported.right.explanation.ledger.flatMap(tensorsOf));
  const shown = graph.outputs.filter((name) => !ledger.has(name));
  return E.right(
    [
      ...checked.right,
      `${plan.composite} of ${model.name}: ${graph.nodes.length} nodes, opset ${opset}`,
      ...graph.inputs.map(({ name, type, shape }) => `input ${name}: ${type}[${shape.join(', ')}]`),
      ...shown.map((name) => `output ${name}: ${docs.get(name) ?? ''}`.trimEnd()),
      ...(ledger.size === 0 ? [] : [cliSays.ledgerOutputs(graph.outputs.length - shown.length)]),
      cliSays.wrote(files.map(([name]) => join(dirname(out), name))),
    ].join('\n'),
  );
};
