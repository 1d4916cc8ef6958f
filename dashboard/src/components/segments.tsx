/* A few choices side by side, one of them on. */
interface SegmentsProps<T extends string> {
	label: string;
	options: readonly { value: T; text: string }[];
	value: T;
	onChoose: (value: T) => void;
}

export function Segments<T extends string>({ label, options, value, onChoose }: SegmentsProps<T>) {
	return (
		<div className="ra-segments" role="group" aria-label={label}>
			{options.map((option) => (
				<button
					key={option.value}
					type="button"
					aria-pressed={option.value === value}
					onClick={() => onChoose(option.value)}
				>
					{option.text}
				</button>
			))}
		</div>
	);
}
