/* A titled box of the overview: title, controls, one sentence, content. */
import type { ReactNode } from 'react';
import { ErrorBoundary } from './error-boundary';
import './panel.scss';

interface PanelProps {
	id: string;
	title: string;
	/** what it shows: switches */
	controls?: ReactNode;
	/** what can be done with it: small buttons */
	tools?: ReactNode;
	/** what the content says, in a sentence */
	summary?: ReactNode;
	className?: string;
	isStale?: boolean;
	children: ReactNode;
}

export function Panel({
	id,
	title,
	controls,
	tools,
	summary,
	className,
	isStale,
	children,
}: PanelProps) {
	return (
		<section
			id={id}
			className={`ra-panel ${className ?? ''}`}
			aria-labelledby={`${id}-title`}
			aria-busy={isStale}
		>
			<header className="ra-panel__head">
				<h2 id={`${id}-title`}>{title}</h2>
				{controls && <div className="ra-panel__controls">{controls}</div>}
				{tools && <div className="ra-panel__tools">{tools}</div>}
			</header>
			{summary && <p className="ra-panel__summary">{summary}</p>}
			<div className="ra-panel__body">
				<ErrorBoundary>{children}</ErrorBoundary>
			</div>
		</section>
	);
}
