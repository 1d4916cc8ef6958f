/* One of a few words by which a list is narrowed down; it stands beside the search. */
import './list.scss';

interface ListChoiceProps<T extends string> {
	label: string;
	values: readonly T[];
	value: T;
	textOf: (value: T) => string;
	onChoose: (value: T) => void;
}

export function ListChoice<T extends string>(props: ListChoiceProps<T>) {
	return (
		<select
			className="form-control ra-list__choice"
			aria-label={props.label}
			value={props.value}
			onChange={(event) => props.onChoose(event.target.value as T)}
		>
			{props.values.map((one) => (
				<option key={one} value={one}>
					{props.textOf(one)}
				</option>
			))}
		</select>
	);
}
