package clickhouse

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// forgetful is a server that is ended and started again without the rows of a table.
type forgetful struct {
	dir    string
	engine *embedded.ClickHouse
	link   *proxy // its address stays
}

func startForgetful(t *testing.T) *forgetful {
	t.Helper()
	server(t) // skips where there is no engine
	f := &forgetful{dir: t.TempDir(), link: newProxy(t, "")}
	f.start(t)
	t.Cleanup(func() { f.stop(t) })
	f.link.open(t)
	return f
}

func (f *forgetful) start(t *testing.T) {
	lib, err := embedded.FetchClickHouse(context.Background(), embedded.FetchOptions{})
	if err != nil {
		t.Error(err)
		return
	}
	f.engine, err = embedded.StartClickHouse(context.Background(), embedded.ClickHouseOptions{DataDir: f.dir, Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 1 << 30})
	if err != nil {
		t.Error(err)
		return
	}
	f.link.lead(f.engine.Addr())
}

func (f *forgetful) stop(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := f.engine.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// forget starts the server again without the parts of a table, but with everything
// else that it has noted: as a kill leaves it between two steps of an insert.
func (f *forgetful) forget(t *testing.T, db, table string) {
	conn, err := ch.Open(&ch.Options{Addr: []string{f.engine.Addr()}, Auth: ch.Auth{Database: db, Username: f.engine.User(), Password: f.engine.Password()}})
	if err != nil {
		t.Error(err)
		return
	}
	var parts []string
	if err := conn.QueryRow(context.Background(), "SELECT groupArray(path) FROM system.parts WHERE database = $1 AND table = $2", db, table).Scan(&parts); err != nil || len(parts) == 0 {
		t.Errorf("parts of %s: %v, %v", table, parts, err)
	}
	conn.Close()
	f.stop(t)
	for _, dir := range parts {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}
	f.start(t)
}

// TestServerForgetsAnInsert: the server has noted that an insert was there, and died
// before its rows were. It was seen when the server was killed often enough; here it
// is brought about.
func TestServerForgetsAnInsert(t *testing.T) {
	f := startForgetful(t)
	conn, err := ch.Open(&ch.Options{Addr: []string{f.link.addr}, Auth: ch.Auth{Username: f.engine.User(), Password: f.engine.Password()}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Migrate(t.Context(), conn, "bank", Cluster{}); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	k := newKafka(t)
	want := story(k, 6)
	cfg := k.config("bank")
	cfg.Conn = ConnOptions{Addrs: []string{f.link.addr}, Database: "bank", User: f.engine.User(), Password: f.engine.Password()}
	runThrough(t, cfg, func(to inserter) inserter {
		return &forgottenInserter{inserter: to, table: "alerts_raw", forget: func() { f.forget(t, "bank", "alerts_raw") }}
	})
	k.caughtUp()
	conn, err = ch.Open(&ch.Options{Addr: []string{f.link.addr}, Auth: ch.Auth{Database: "bank", Username: f.engine.User(), Password: f.engine.Password()}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	checkViews(t, conn, want)
}

// forgottenInserter lets the first insert into a table be forgotten after it is in.
type forgottenInserter struct {
	inserter
	table  string
	once   sync.Once
	forget func()
}

func (i *forgottenInserter) insert(ctx context.Context, in *insertion) error {
	if err := i.inserter.insert(ctx, in); err != nil {
		return err
	}
	var err error
	if strings.Contains(in.statement, "`"+i.table+"`") {
		i.once.Do(func() {
			i.forget()
			err = errNoReply
		})
	}
	return err
}
