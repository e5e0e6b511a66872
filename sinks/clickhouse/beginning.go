package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Beginning is what a log that begins behind the CLOSE of a day does not say of the time
// before, though what comes behind is valued and named by it.
type Beginning struct {
	// Day is the last day closed before, Cut its end (UTC seconds), Term the writer's.
	Day  int32
	Cut  int64
	Term int64
	// Records are the ENGINE, the policies and the rates that held, in their order.
	Records []*pb.LogRecord
}

// kindBeginning is the kind of the row of control_raw that stands for a Beginning.
const kindBeginning = "beginning"

var (
	// ErrNoBeginning is a database of a log that begins behind a CLOSE into which Begin
	// has not put what lies before: money in base currency would count as 0.
	ErrNoBeginning = errors.New("the database does not know what was said before its log begins")
	// ErrWhole is a database that has rows of a log from its first record on.
	ErrWhole = errors.New("the database knows its log from the ENGINE on")
)

// CheckBeginning refuses, with ErrNoBeginning and the remedy, a database that Begin was
// not called for.
func (r *Reader) CheckBeginning(ctx context.Context) error {
	switch n, err := r.control(ctx, "kind = '"+kindBeginning+"'"); {
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("%w: clickhouse.database %s has neither base currency nor rates and tiers of the time before; put them in with "+
			"`tierwatch migrate --from SNAPSHOT`, the snapshot that the log goes on from, or a later one of it", ErrNoBeginning, r.db)
	}
	return nil
}

// control counts rows of control_raw.
func (r *Reader) control(ctx context.Context, where string) (n uint64, err error) {
	if err := r.conn.QueryRow(ctx, "SELECT count() FROM `"+r.db+"`.control_raw WHERE "+where).Scan(&n); err != nil {
		return 0, fmt.Errorf("read %s.control_raw: %w", r.db, err)
	}
	return n, nil
}

// Begin puts what lies before a log into its database, which Migrate has prepared. It
// may be repeated: the same rows replace themselves. A database that knows its log from
// the first record on is ErrWhole.
func Begin(ctx context.Context, o ConnOptions, tiers func(yaml []byte) ([]Tier, error), before *Beginning) (err error) {
	if err := notWhole(ctx, o); err != nil {
		return err
	}
	b := newBatch()
	if err := (&decoder{tiers: tiers}).begin(b, before); err != nil {
		return err
	}
	out, err := newPool(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.close()) }()
	// The row that tells that all is there comes last.
	for _, r := range []rows{b.rates, b.tiers, b.control} {
		for lo := 0; lo < r.count(); lo += beginRows {
			in := r.insertion(o.Database, lo, min(lo+beginRows, r.count()))
			in.token = Cluster{}.token("")
			if err := out.insert(ctx, in); err != nil {
				return fmt.Errorf("put the beginning of the log into %s.%s: %w", o.Database, r.name(), err)
			}
		}
	}
	return nil
}

// beginRows is how many rows Begin inserts at a time.
const beginRows = 100_000

func notWhole(ctx context.Context, o ConnOptions) (err error) {
	conn, err := Open(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	switch n, err := NewReader(conn, o.Database).control(ctx, "kind = 'engine'"); {
	case err != nil:
		return err
	case n > 0:
		return fmt.Errorf("%w: clickhouse.database %s lacks nothing that was said before; only that of a log which begins behind a snapshot does", ErrWhole, o.Database)
	}
	return nil
}

// begin adds the rows of what lies before the log, at offset 0 of partition 0: there is
// no record of a log that begins behind a CLOSE.
func (d *decoder) begin(b *batch, before *Beginning) error {
	type unitDay struct {
		unit string
		day  int32
	}
	row := controlRow{kind: kindBeginning, term: before.Term, day: before.Day, at: before.Cut}
	given := map[unitDay]int64{}
	engine := false
	for _, rec := range before.Records {
		switch {
		case rec.Engine != nil:
			e := rec.Engine
			engine = true
			row.name, row.number, row.fxLag, row.navLag, row.zone = e.BaseCurrency, e.Version, e.FxLagDays, e.NavLagDays, e.TimeZone
			given[unitDay{e.BaseCurrency, 0}] = baseRate
		case rec.Rates != nil:
			for _, r := range rec.Rates.Rates {
				given[unitDay{r.Unit, rec.Rates.Day}] = r.RateE12 // told again: the last one held
			}
		case rec.Policy != nil:
			d.policy(b, message{}, rec.Policy)
		}
	}
	if !engine {
		return errors.New("what lies before the log holds no ENGINE: it fixes base currency and lags")
	}
	order := slices.SortedFunc(maps.Keys(given), func(x, y unitDay) int { return cmp.Or(cmp.Compare(x.unit, y.unit), cmp.Compare(x.day, y.day)) })
	for _, at := range order {
		b.rates.add(&rateRow{unit: at.unit, day: at.day, term: before.Term, rate: given[at]}, origin{})
	}
	b.control.add(&row, origin{})
	return nil
}
