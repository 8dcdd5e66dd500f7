import '../ui/tokens.css';
import './embed.css';
import { createRoot } from 'react-dom/client';
import { takeSession } from './ask';
import { App } from './App';

takeSession();
createRoot(document.getElementById('root') as HTMLElement).render(<App />);
