/** The product's sign: a headset on a rounded square. */
export function BrandMark({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--mantine-color-blue-6)" />
      <path d="M8 18v-2a8 8 0 0 1 16 0v2" fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" />
      <rect x="6.5" y="16.5" width="4.6" height="7.5" rx="2.2" fill="#fff" />
      <rect x="20.9" y="16.5" width="4.6" height="7.5" rx="2.2" fill="#fff" />
      <path d="M23.2 23.6c0 2-1.8 3-4.4 3" fill="none" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" />
    </svg>
  );
}
