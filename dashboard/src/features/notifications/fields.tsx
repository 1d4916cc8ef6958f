/* Small parts of the form. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Mistake } from './draft';

interface FieldProps {
	label: string;
	help?: string | undefined;
	/** what is wrong with it */
	mistake?: Mistake | false | null | undefined;
	children: ReactNode;
}

export function Field({ label, help, mistake, children }: FieldProps) {
	const { t } = useTranslation();
	return (
		<div className="ra-rules__field">
			<label>
				{label}
				{children}
			</label>
			{mistake && (
				<p className="ra-notices__mistake" role="alert">
					{t(`notices_page.mistake.${mistake}`)}
				</p>
			)}
			{help && <p className="ra-rules__help">{help}</p>}
		</div>
	);
}

interface SwitchProps {
	text: string;
	help?: string | undefined;
	isOn: boolean;
	onSwitch: (isOn: boolean) => void;
}

export function Switch({ text, help, isOn, onSwitch }: SwitchProps) {
	return (
		<div className="ra-rules__switch">
			<label className="ra-check">
				<input
					type="checkbox"
					role="switch"
					checked={isOn}
					onChange={(event) => onSwitch(event.target.checked)}
				/>
				{text}
			</label>
			{help && <p className="ra-rules__help">{help}</p>}
		</div>
	);
}

interface MinutesProps {
	seconds: number;
	isInvalid: boolean;
	/** what an empty field means */
	empty: number;
	onChange: (seconds: number) => void;
}

/** Seconds, typed as minutes. */
export function Minutes({ seconds, isInvalid, empty, onChange }: MinutesProps) {
	return (
		<input
			type="number"
			className="form-control"
			min={0}
			step="any"
			inputMode="decimal"
			aria-invalid={isInvalid}
			defaultValue={seconds ? seconds / 60 : ''}
			onChange={(event) => {
				const minutes = event.target.valueAsNumber;
				onChange(Number.isFinite(minutes) ? Math.round(minutes * 60) : empty);
			}}
		/>
	);
}

interface ChannelSelectProps {
	channels: readonly { id: string; name: string }[];
	value: string | null;
	/** what none means */
	none: string;
	isInvalid?: boolean;
	onChoose: (id: string | null) => void;
}

export function ChannelSelect({ channels, value, none, isInvalid, onChoose }: ChannelSelectProps) {
	const { t } = useTranslation();
	const isGone = value !== null && !channels.some((one) => one.id === value);
	return (
		<select
			className="form-control"
			value={value ?? ''}
			aria-invalid={isInvalid || isGone}
			onChange={(event) => onChoose(event.target.value || null)}
		>
			<option value="">{none}</option>
			{isGone && <option value={value}>{t('notices_page.reminder.gone')}</option>}
			{channels.map((one) => (
				<option key={one.id} value={one.id}>
					#{one.name}
				</option>
			))}
		</select>
	);
}
