import type { AttributeSpec, StoredTensor, ValueType } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from './read-node.js';
import { activationUpgrades } from './upgrade-activation.js';
import { attributeUpgrades } from './upgrade-attribute.js';
import { firstUpgrades } from './upgrade-first.js';
import { resizeUpgrades } from './upgrade-resize.js';
import { attentionUpgrades } from './written/attention.js';
import { einsumUpgrades } from './written/einsum.js';
import { fusedUpgrades } from './written/fused.js';
import { gridUpgrades } from './written/grid-sample.js';
import { normalizationUpgrades } from './written/normalization.js';
import { simpleUpgrades } from './written/simple.js';

/** A node as an older opset spells it. */
export interface OldNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** Further outputs. */
  readonly outputs: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** What an upgrade may ask for and make. */
export interface Workshop {
  readonly opset: number;
  /** A free name for a value of this node. */
  readonly fresh: (part: string) => string;
  /** Makes a tensor and gives its name. */
  readonly tensor: (part: string, stored: StoredTensor) => string;
  /** Whether a value is a tensor of the model. */
  readonly isConstant: (name: string) => boolean;
  /** The values of a short constant, where the name is one. */
  readonly constant: (name: string) => readonly number[] | undefined;
  /** A tensor of the model, of any size. */
  readonly stored: (name: string) => StoredTensor | undefined;
  /** The type of a value computed so far, where it can be told. */
  readonly type: (name: string) => ValueType | undefined;
  /** Says why this node cannot be read. */
  readonly refuse: (message: string) => readonly NodeDocument[];
}

/** A spelling that ONNX has given up, written as opset 21 has it. The nodes made end with the one that bears the name. */
export interface Upgrade {
  readonly name: string;
  readonly summary: string;
  readonly ops: readonly string[];
  /** The opset that gave the spelling up: the upgrade is for older ones. Infinite for operators that are always written out. */
  readonly before: number;
  /** Attributes that the operator had then and has no more. */
  readonly attrs: Readonly<Record<string, AttributeSpec>>;
  readonly apply: (node: OldNode, shop: Workshop) => readonly NodeDocument[];
}

/** Every upgrade. An operator may have several, for different ages. */
export const upgrades: readonly Upgrade[] = [
  ...firstUpgrades,
  ...attributeUpgrades,
  ...activationUpgrades,
  ...resizeUpgrades,
  ...einsumUpgrades,
  ...normalizationUpgrades,
  ...attentionUpgrades,
  ...simpleUpgrades,
  ...fusedUpgrades,
  ...gridUpgrades,
];

/** The upgrade that reads `op` as `opset` spells it: of several the oldest, which lead all the way to opset 21. */
export const upgradeOf = (op: string, opset: number): Upgrade | undefined =>
  upgrades.filter(({ ops, before }) => ops.includes(op) && opset < before).sort((a, b) => a.before - b.before)[0];

/** What a log says of an upgrade that was applied. */
export const upgradeLine = ({ name }: Upgrade, { op, name: node }: OldNode): string =>
  onnxSays.upgraded(name, op, node);
