/* Something that is shown once: to be copied now. */
import { useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import './secret-note.scss';

interface SecretNoteProps {
	/** what it is */
	label: string;
	value: string;
	/** what to know about it */
	hint: string;
}

export function SecretNote({ label, value, hint }: SecretNoteProps) {
	const { t } = useTranslation();
	const [isCopied, setCopied] = useState(false);
	const copy = async () => {
		await navigator.clipboard.writeText(value);
		setCopied(true);
	};
	const Icon = isCopied ? Check : Copy;
	return (
		<div className="ra-secret" role="status">
			<span className="ra-secret__label">{label}</span>
			<span className="ra-secret__line">
				<input
					className="form-control"
					readOnly
					value={value}
					aria-label={label}
					onFocus={(event) => event.target.select()}
				/>
				<button type="button" className="ra-button" onClick={() => void copy()}>
					<Icon size={16} aria-hidden="true" />
					{t(isCopied ? 'secret.copied' : 'secret.copy')}
				</button>
			</span>
			<span className="ra-secret__hint">{hint}</span>
		</div>
	);
}
