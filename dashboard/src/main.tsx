import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { newQueryClient } from './api/query-client';
import { startI18n } from './i18n';
import './styles/main.scss';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const queries = newQueryClient();

void startI18n().then(() => {
	createRoot(root).render(
		<StrictMode>
			<App queries={queries} />
		</StrictMode>,
	);
});
