package store

type sqliteCommit struct{ conn *sqliteConn }

func newSQLiteCommit(conn *sqliteConn) *sqliteCommit { return &sqliteCommit{conn: conn} }
func (c *sqliteCommit) reset()                       {}
func (c *sqliteCommit) op(op *Op) (Result, error)    { return Result{}, nil }
func (c *sqliteCommit) flush() error                 { return nil }
