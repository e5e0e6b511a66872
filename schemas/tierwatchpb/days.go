package tierwatchpb

import (
	"errors"
	"fmt"
)

// Columns appends the numbers of a snapshot that may differ from one day to the
// next, in an order that Later relies on: it may only grow at the end of a scheme's
// block with a new ENGINE version.
func (m *Snapshot) Columns(to []int64) []int64 {
	to = append(to, m.AssetsMinor)
	for _, v := range m.Metrics {
		to = append(to, v.Value)
	}
	for _, s := range m.Scores {
		to = append(to, int64(s.ScoreBp))
		for _, c := range s.Contributions {
			to = append(to, int64(c.PointsBp))
		}
	}
	for _, s := range m.Schemes {
		to = append(
			to,
			int64(s.Standing), int64(s.TierRank), int64(s.Misses), bit(s.Watch), int64(s.SinceDay), int64(s.DownOn),
			s.AumMinor, s.AdbSumMinor, int64(s.PeriodStart), int64(s.PeriodEnd), int64(s.Divisor), s.ThresholdMinor,
			s.NextThresholdMinor, s.RunRateMinor, int64(s.RunRateDownOn), bit(s.Provisional), int64(s.GuaranteeUntil),
			int64(s.PeriodKind), int64(s.DayCount), int64(s.DepositWeightBp),
		)
		for _, h := range s.Holdings {
			to = append(to, h.Quantity, int64(h.WeightBp))
		}
	}
	return to
}

// AdbSumColumn is the column of a scheme's AdbSumMinor: on most days nothing else
// changes.
func (m *Snapshot) AdbSumColumn(scheme int) int {
	n := 1 + len(m.Metrics)
	for _, s := range m.Scores {
		n += 1 + len(s.Contributions)
	}
	for _, s := range m.Schemes[:scheme] {
		n += schemeColumns + 2*len(s.Holdings)
	}
	return n + adbSumColumn
}

// schemeColumns are those of a scheme but for its holdings, adbSumColumn is one of them.
const schemeColumns, adbSumColumn = 20, 7

// setColumns puts back what Columns gave.
func (m *Snapshot) setColumns(from []int64) {
	next := func() int64 {
		v := from[0]
		from = from[1:]
		return v
	}
	m.AssetsMinor = next()
	for _, v := range m.Metrics {
		v.Value = next()
	}
	for _, s := range m.Scores {
		s.ScoreBp = int32(next())
		for _, c := range s.Contributions {
			c.PointsBp = int32(next())
		}
	}
	for _, s := range m.Schemes {
		s.Standing, s.TierRank, s.Misses, s.Watch = Standing(next()), int32(next()), uint32(next()), next() != 0
		s.SinceDay, s.DownOn, s.AumMinor, s.AdbSumMinor = int32(next()), int32(next()), next(), next()
		s.PeriodStart, s.PeriodEnd, s.Divisor = int32(next()), int32(next()), int32(next())
		s.ThresholdMinor, s.NextThresholdMinor = next(), next()
		s.RunRateMinor, s.RunRateDownOn, s.Provisional = next(), int32(next()), next() != 0
		s.GuaranteeUntil, s.PeriodKind, s.DayCount, s.DepositWeightBp = int32(next()), PeriodKind(next()), int32(next()), int32(next())
		for _, h := range s.Holdings {
			h.Quantity, h.WeightBp = next(), int32(next())
		}
	}
}

// Texts appends the texts of a snapshot that may differ from one day to the next:
// days that share a record agree in them.
func (m *Snapshot) Texts(to []string) []string {
	for _, s := range m.Schemes {
		to = append(to, s.Scheme, s.Tier, s.LandsOn)
		for _, h := range s.Holdings {
			to = append(to, h.Unit)
		}
	}
	return to
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

var errLater = errors.New("later: each day is pairs of a column and a difference, then 0")

// EachDay calls visit for the snapshot's own day and for every later one that it
// carries, always with m, whose numbers move on from day to day: who keeps a day
// clones it. Later is empty meanwhile, and afterwards. An error of visit ends it.
func (m *Snapshot) EachDay(visit func(*Snapshot) error) error {
	later := m.Later
	m.Later = nil
	if err := visit(m); err != nil || len(later) == 0 {
		return err
	}
	columns := m.Columns(nil)
	for len(later) > 0 {
		for later[0] != 0 {
			if len(later) < 3 {
				return errLater
			}
			at := later[0] - 1
			if at < 0 || at >= int64(len(columns)) {
				return fmt.Errorf("later: column %d: must be 1 to %d", at+1, len(columns))
			}
			columns[at] += later[1]
			later = later[2:]
		}
		later = later[1:]
		m.Day++
		m.setColumns(columns)
		if err := visit(m); err != nil {
			return err
		}
	}
	return nil
}
