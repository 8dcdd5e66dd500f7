import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

// Raw colours live here and in tokens.css, nowhere else.
const pace: MantineColorsTuple = ['#edf2ff', '#d9e3fe', '#b8c8fb', '#93abff', '#7f9bff', '#4f70ea', '#3a5ce2', '#2b50d8', '#2344b8', '#1b3592'];
const red: MantineColorsTuple = ['#fdedeb', '#fadbd8', '#f4c4bf', '#ff9a91', '#cc3f34', '#e5564b', '#cf3a2f', '#cf3a2f', '#a9241b', '#7f1a13'];
const ink: MantineColorsTuple = ['#f5f6f8', '#e4e7ec', '#cfd4dc', '#aab1bd', '#8b93a1', '#656d7c', '#485061', '#2c3242', '#181c26', '#0e1014'];

export const theme = createTheme({
  primaryColor: 'pace',
  primaryShade: { light: 7, dark: 4 },
  colors: { ink, pace, red },
  fontFamily: 'var(--pl-font)',
  fontFamilyMonospace: 'var(--pl-mono)',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '999px' },
  components: {
    Button: {
      defaultProps: { size: 'sm', variant: 'default' },
      vars: (_theme: unknown, props: { variant?: string; color?: string }) => ({
        root: {
          '--button-height': '30px',
          '--button-fz': '13px',
          ...(props.variant === 'filled' && !props.color
            ? { '--button-bg': 'var(--pl-primary)', '--button-hover': 'var(--pl-primary-hover)', '--button-color': 'var(--pl-on-primary)' }
            : {}),
        },
      }),
    },
    ActionIcon: { defaultProps: { size: 30, variant: 'subtle', color: 'gray' } },
    Checkbox: { defaultProps: { size: 'xs', radius: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
  },
});

export const resolver: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--pl-bg)',
    '--mantine-color-text': 'var(--pl-text)',
    '--mantine-color-dimmed': 'var(--pl-text-3)',
    '--mantine-color-default': 'var(--pl-surface)',
    '--mantine-color-default-border': 'var(--pl-line-strong)',
    '--mantine-color-default-hover': 'var(--pl-hover)',
    '--mantine-color-placeholder': 'var(--pl-text-3)',
    '--mantine-color-anchor': 'var(--pl-link)',
    '--mantine-color-error': 'var(--pl-fail)',
  };
  return { variables: {}, light: both, dark: both };
};
