/** What has a place in a list: newest first, and by id among those of the same second. */
export interface Placed {
  readonly id: string;
  readonly timestamp: number;
}

/** Negative when `one` comes first. Ids are compared as the numbers they are, without becoming numbers. */
export const newestFirst = (one: Placed, other: Placed): number =>
  other.timestamp - one.timestamp ||
  other.id.length - one.id.length ||
  (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);

/** How many of `items` (newest first) satisfy `isBefore`, which must hold for a leading run of them only. */
export const countLeading = <Item>(items: readonly Item[], isBefore: (item: Item) => boolean): number => {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle] as Item)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Objects of one kind, newest first, with a way to find one by its id. */
export const createShelf = <Item extends Placed>(initial: readonly Item[] = []) => {
  let items = initial.toSorted(newestFirst);
  let byId: Map<string, Item> | null = null;

  const index = (): Map<string, Item> => {
    byId ??= new Map(items.map((item) => [item.id, item]));
    return byId;
  };
  const placeOf = (item: Placed): number => countLeading(items, (other) => newestFirst(other, item) < 0);

  return {
    /** Newest first; not to be kept across a change. */
    list: (): readonly Item[] => items,
    find: (id: string): Item | undefined => index().get(id),
    add: (item: Item): void => {
      if (index().has(item.id)) throw new TypeError(`There is already an object ${item.id}`);
      items.splice(placeOf(item), 0, item);
      index().set(item.id, item);
    },
    /** Puts `item` in the stead of the one with its id. */
    replace: (item: Item): void => {
      const old = index().get(item.id);
      if (!old) throw new TypeError(`There is no object ${item.id}`);
      items.splice(placeOf(old), 1);
      items.splice(placeOf(item), 0, item);
      index().set(item.id, item);
    },
    /** @returns whether there was one. */
    remove: (id: string): boolean => {
      const item = index().get(id);
      if (!item) return false;
      items.splice(placeOf(item), 1);
      index().delete(id);
      return true;
    },
    reset: (next: readonly Item[]): void => {
      items = next.toSorted(newestFirst);
      byId = null;
    },
  };
};

export type Shelf<Item extends Placed> = ReturnType<typeof createShelf<Item>>;
