/* Some of many things with names: those chosen as chips, the rest in a list to choose from. */
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

export interface Choice {
	id: string;
	name: string;
}

interface IdPickerProps {
	label: string;
	help?: string;
	choices: readonly Choice[];
	chosen: readonly string[];
	onChange: (ids: string[]) => void;
}

export function IdPicker({ label, help, choices, chosen, onChange }: IdPickerProps) {
	const { t } = useTranslation();
	const nameOf = (id: string) =>
		choices.find((choice) => choice.id === id)?.name ?? t('rules.unknown', { id });
	return (
		<div className="ra-rules__field">
			<label>
				{label}
				<select
					className="form-control"
					value=""
					onChange={(event) => onChange([...chosen, event.target.value])}
				>
					<option value="" disabled>
						{t('rules.add')}
					</option>
					{choices
						.filter((choice) => !chosen.includes(choice.id))
						.map((choice) => (
							<option key={choice.id} value={choice.id}>
								{choice.name}
							</option>
						))}
				</select>
			</label>
			<Chips ids={chosen} nameOf={nameOf} onChange={onChange} />
			{help && <p className="ra-rules__help">{help}</p>}
		</div>
	);
}

interface ChipsProps {
	ids: readonly string[];
	nameOf: (id: string) => string;
	onChange: (ids: string[]) => void;
}

export function Chips({ ids, nameOf, onChange }: ChipsProps) {
	const { t } = useTranslation();
	if (ids.length === 0) return null;
	return (
		<ul className="ra-rules__chips">
			{ids.map((id) => (
				<li key={id}>
					<bdi>{nameOf(id)}</bdi>
					<button
						type="button"
						aria-label={t('rules.remove', { name: nameOf(id) })}
						onClick={() => onChange(ids.filter((other) => other !== id))}
					>
						<X size={14} aria-hidden="true" />
					</button>
				</li>
			))}
		</ul>
	);
}
