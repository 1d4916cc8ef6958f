/* The small i beside a figure or a title, and what it opens. */
import { useState } from 'react';
import { Info } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ExplainDialog, type Explanation } from './explain-dialog';

interface ExplainButtonProps {
	explanation: Explanation;
	className?: string;
}

export function ExplainButton({ explanation, className = '' }: ExplainButtonProps) {
	const { t } = useTranslation();
	const [isOpen, setOpen] = useState(false);
	const label = t('figure.explain', { name: explanation.name });
	return (
		<>
			<button
				type="button"
				className={`ra-icon-button ${className}`}
				aria-label={label}
				title={label}
				onClick={() => setOpen(true)}
			>
				<Info size={16} aria-hidden="true" />
			</button>
			{isOpen && <ExplainDialog explanation={explanation} onClose={() => setOpen(false)} />}
		</>
	);
}
