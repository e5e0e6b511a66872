package clickhouse

import (
	"context"
	"errors"
)

// links keeps connections between inserts. It is safe for concurrent use.
type links struct {
	conn ConnOptions
	idle chan *link // capacity: as many as insert at a time
}

func newLinks(conn ConnOptions) *links {
	return &links{conn: conn, idle: make(chan *link, inserters)}
}

// insert does one INSERT. A connection that was cut while it was idle is replaced
// without a word: nothing was sent through it.
func (s *links) insert(ctx context.Context, in *insertion) error {
	for {
		l, err := s.take(ctx)
		if err != nil {
			return err
		}
		err = l.insert(ctx, in)
		if err != nil {
			l.close()
			if errors.Is(err, errStale) {
				continue
			}
			return err
		}
		select {
		case s.idle <- l:
		default:
			l.close()
		}
		return nil
	}
}

func (s *links) take(ctx context.Context) (*link, error) {
	select {
	case l := <-s.idle:
		return l, nil
	default:
		return dial(ctx, &s.conn)
	}
}

// close ends the idle connections; no insert may be under way.
func (s *links) close() {
	for {
		select {
		case l := <-s.idle:
			l.close()
		default:
			return
		}
	}
}
