/* A round cut into portions. */
export function Logo({ size = 28 }: { size?: number }) {
	return (
		<svg
			className="ra-logo"
			width={size}
			height={size}
			viewBox="0 0 32 32"
			aria-hidden="true"
			focusable="false"
		>
			<rect width="32" height="32" rx="9" />
			<path d="M16.9 6.5a9.5 9.5 0 0 1 8.6 8.6h-8.6z" />
			<path d="M15 8.2v8.8h8.8A8.9 8.9 0 1 1 15 8.2z" />
		</svg>
	);
}
