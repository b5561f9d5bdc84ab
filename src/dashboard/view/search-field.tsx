/** The field that the key `/` leads to. */

import { Icon } from "./icon.tsx";
import { Key } from "./marks.tsx";

interface SearchFieldProps {
  readonly name: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onSearch: (search: string) => void;
}

export function SearchField({ name, placeholder, value, onSearch }: SearchFieldProps) {
  return (
    <label class="search">
      <span class="hidden-text">{name}</span>
      <Icon name="search" />
      <input
        type="search"
        placeholder={placeholder}
        value={value}
        spellcheck={false}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
      <Key>/</Key>
    </label>
  );
}
