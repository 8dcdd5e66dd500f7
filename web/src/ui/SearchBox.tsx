import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';

// pause is how long nothing is typed before the list is asked for.
const pause = 250;

// SearchBox tells of what was typed once the typing rests, so that each letter asks for no list of its own.
export function SearchBox({ label, value, change, width = 280 }: { label: string; value: string; change: (text: string) => void; width?: number }) {
  const [text, setText] = useState(value);
  const said = useRef(value);
  useEffect(() => {
    if (value !== said.current) setText((said.current = value)); // changed from outside, such as by Back
  }, [value]);
  useEffect(() => {
    if (text === said.current) return;
    const timer = setTimeout(() => change((said.current = text)), pause);
    return () => clearTimeout(timer);
  }, [text, change]);
  return (
    <TextInput
      type="search"
      w={width}
      maw="100%"
      leftSection={<IconSearch size={14} />}
      placeholder={label}
      aria-label={label}
      value={text}
      onChange={(e) => setText(e.currentTarget.value)}
    />
  );
}
