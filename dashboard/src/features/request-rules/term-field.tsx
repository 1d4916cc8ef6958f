/* Words, phrases or expressions: typed one after the other, Enter makes a chip of each. */
import { useState, type KeyboardEvent } from 'react';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

interface TermFieldProps {
	label: string;
	help: string;
	example: string;
	terms: readonly string[];
	/** an expression may have commas, words are parted by them */
	isWhole?: boolean;
	max: number;
	onChange: (terms: string[]) => void;
}

export function TermField(props: TermFieldProps) {
	const { label, help, example, terms, isWhole = false, max, onChange } = props;
	const { t } = useTranslation();
	const [text, setText] = useState('');
	const add = () => {
		const typed = (isWhole ? [text] : text.split(/[,;\n]/))
			.map((term) => term.trim())
			.filter(Boolean);
		if (typed.length === 0) return;
		onChange([...new Set([...terms, ...typed])]);
		setText('');
	};
	const onKeyDown = (event: KeyboardEvent) => {
		if (event.key === 'Enter' || (event.key === ',' && !isWhole)) {
			event.preventDefault();
			add();
		} else if (event.key === 'Backspace' && text === '' && terms.length > 0) {
			onChange(terms.slice(0, -1));
		}
	};
	return (
		<div className="ra-rules__field">
			<label>
				{label}
				<input
					className={`form-control ${isWhole ? 'is-code' : ''}`}
					value={text}
					maxLength={isWhole ? max : 2000}
					placeholder={example}
					autoComplete="off"
					spellCheck={false}
					onChange={(event) => setText(event.target.value)}
					onKeyDown={onKeyDown}
					onBlur={add}
				/>
			</label>
			{terms.length > 0 && (
				<ul className="ra-rules__chips" aria-label={label}>
					{terms.map((term) => (
						<li key={term} className={isWhole ? 'is-code' : undefined}>
							<bdi>{term}</bdi>
							<button
								type="button"
								aria-label={t('rules.remove', { name: term })}
								onClick={() => onChange(terms.filter((other) => other !== term))}
							>
								<X size={14} aria-hidden="true" />
							</button>
						</li>
					))}
				</ul>
			)}
			<p className="ra-rules__help">{help}</p>
		</div>
	);
}
