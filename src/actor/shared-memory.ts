/**
 * Counts the memory that V8's figures leave out: `SharedArrayBuffer` and `WebAssembly.Memory` of the
 * thread's code. It wraps these constructors and the `grow` methods of their objects.
 * Not counted: memory that a WebAssembly module allocates from inside, and constructors of other realms.
 */

/** Called with each change of the sum, in bytes. */
type OnChange = (bytes: number) => void;

/** The used part of `WebAssembly.Memory`, which TypeScript declares only for browsers. */
interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

interface WithMemory {
  Memory: (new (...args: never[]) => WasmMemory) & { readonly prototype: WasmMemory };
}

/** Must run before any foreign code of the thread. */
export function countSharedMemory(onChange: OnChange): void {
  const meter = new Meter(onChange);
  const bufferBytes = (buffer: SharedArrayBuffer) => buffer.byteLength;
  meter.follow(SharedArrayBuffer.prototype, bufferBytes);
  globalThis.SharedArrayBuffer = counted(SharedArrayBuffer, (buffer) =>
    meter.note(buffer, bufferBytes(buffer)),
  );
  const wasm: WithMemory = Reflect.get(globalThis, "WebAssembly");
  const memoryBytes = (memory: WasmMemory) => memory.buffer.byteLength;
  meter.follow(wasm.Memory.prototype, memoryBytes);
  wasm.Memory = counted(wasm.Memory, (memory) => meter.note(memory, memoryBytes(memory)));
}

/** The class, with `onMade` called for each object; `instanceof` still holds. */
function counted<T extends object, C extends new (...args: never[]) => T>(
  bare: C & { readonly prototype: T },
  onMade: (made: T) => void,
): C {
  const counting = new Proxy(bare, {
    construct(target, args, newTarget) {
      const made: T = Reflect.construct(target, args, newTarget);
      onMade(made);
      return made;
    },
  });
  // Otherwise any object's `constructor` would give the bare class.
  bare.prototype.constructor = counting;
  return counting;
}

/** The size of each object, and their sum. */
class Meter {
  readonly #onChange: OnChange;
  readonly #sizes = new WeakMap<object, { bytes: number }>();
  /** Subtracts collected objects; in a loop that never yields none are. */
  readonly #collected = new FinalizationRegistry<{ readonly bytes: number }>(({ bytes }) =>
    this.#add(-bytes),
  );
  #sum = 0;

  constructor(onChange: OnChange) {
    this.#onChange = onChange;
  }

  /** Records the size of an object that is new or has grown. */
  note(object: object, bytes: number): void {
    const known = this.#sizes.get(object);
    if (known !== undefined) {
      this.#add(bytes - known.bytes);
      known.bytes = bytes;
      return;
    }
    const size = { bytes };
    this.#sizes.set(object, size);
    this.#collected.register(object, size);
    this.#add(bytes);
  }

  /** Notes the objects of `prototype` again after each `grow`. */
  follow<T extends object>(
    prototype: { grow(by: number): unknown },
    sizeOf: (object: T) => number,
  ): void {
    const { grow } = prototype;
    const note = (object: T) => this.note(object, sizeOf(object));
    prototype.grow = function growCounted(this: T, by: number): unknown {
      const result = Reflect.apply(grow, this, [by]);
      note(this);
      return result;
    };
  }

  #add(bytes: number): void {
    this.#sum += bytes;
    this.#onChange(this.#sum);
  }
}
