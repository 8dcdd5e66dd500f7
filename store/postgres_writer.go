package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

type postgresWriter struct{ queue *queue }

func startPostgresWriters(ctx context.Context, s *Store, config *pgx.ConnConfig, o Options) ([]*postgresWriter, error) {
	return nil, nil
}
func (w *postgresWriter) submit(op *Op) {}
func (w *postgresWriter) stop()         {}
