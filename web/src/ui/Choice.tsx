import { Combobox, Input, InputBase, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listed } from '../lib/ask';
import { wordsOf } from './words';

export type Item = { value: string; label: string; sub?: string };

type Props = {
  label: string;
  bare?: boolean; // without the label above it, which it keeps for those who do not see
  value: string | null;
  change: (value: string | null) => void;
  any?: string; // first of the list: none of them
  about: readonly unknown[]; // what the list is of, as a key of queries
  load: (text: string, page: number) => Promise<Listed<Item>>;
  nameOf: (value: string) => Promise<string>;
  width?: number;
  description?: string;
  without?: string[]; // values that are not offered, as they are chosen already
};

const pause = 250;
const more = '\u0000more';
const none = '\u0000none';

// Choice chooses one of a list that may be long: the server finds what is typed, and the list is read page by page.
export function Choice({ label, bare, value, change, any, about, load, nameOf, width, description, without }: Props) {
  const { t } = useTranslation();
  const box = useCombobox({ onDropdownClose: () => setText(''), onDropdownOpen: () => box.resetSelectedOption() });
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text.trim(), pause);
  const list = useInfiniteQuery({
    queryKey: [...about, 'choice', wanted], enabled: box.dropdownOpened, staleTime: 10_000, initialPageParam: 1,
    queryFn: ({ pageParam }) => load(wanted, pageParam),
    getNextPageParam: (last, all) => (last.next !== null ? all.length + 1 : undefined),
  });
  const items = (list.data?.pages.flatMap((p) => p.items) ?? []).filter((x) => !without?.includes(x.value));
  const seen = items.find((x) => x.value === value)?.label;
  const known = useQuery({ queryKey: [...about, 'choice', 'name', value], queryFn: () => nameOf(value ?? ''), enabled: !!value, staleTime: 60_000, retry: false });
  const anyOffered = any !== undefined && wanted === ''; // a listbox has options, or is not there
  const shown = value === null ? (any ?? '') : (seen ?? known.data ?? (known.error ? value : ''));
  const choose = (option: string) => {
    if (option === more) return void list.fetchNextPage();
    change(option === none ? null : option);
    box.closeDropdown();
  };
  return (
    <Combobox store={box} onOptionSubmit={choose} withinPortal>
      <Combobox.Target withExpandedAttribute>
        <InputBase
          w={width}
          maw="100%"
          label={bare ? undefined : label}
          aria-label={bare ? label : undefined}
          description={description}
          value={box.dropdownOpened ? text : shown}
          placeholder={shown || t('choice.search')}
          rightSection={<Combobox.Chevron />}
          rightSectionPointerEvents="none"
          autoComplete="off"
          onChange={(e) => {
            setText(e.currentTarget.value);
            box.openDropdown();
            box.updateSelectedOptionIndex();
          }}
          onClick={() => box.openDropdown()}
          onBlur={() => box.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        {(items.length > 0 || anyOffered || list.hasNextPage) && (
          <Combobox.Options mah={280} className="pl-choice" aria-label={label}>
            {anyOffered && <Combobox.Option value={none} active={value === null}>{any}</Combobox.Option>}
            {items.map((x) => (
              <Combobox.Option key={x.value} value={x.value} active={x.value === value}>
                {x.label}
                {x.sub && <span className="pl-sub">{x.sub}</span>}
              </Combobox.Option>
            ))}
            {list.hasNextPage && <Combobox.Option value={more} className="pl-choice-more">{t(list.isFetchingNextPage ? 'choice.loading' : 'choice.more')}</Combobox.Option>}
          </Combobox.Options>
        )}
        {list.isLoading && <Combobox.Empty>{t('choice.loading')}</Combobox.Empty>}
        {list.error && <Combobox.Empty role="alert"><Input.Error>{wordsOf(list.error, t)}</Input.Error></Combobox.Empty>}
        {list.data && items.length === 0 && <Combobox.Empty>{t('choice.none', { text: wanted })}</Combobox.Empty>}
      </Combobox.Dropdown>
    </Combobox>
  );
}
