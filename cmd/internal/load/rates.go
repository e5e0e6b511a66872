package load

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// publishRates publishes the rates given and gathers all that were published.
func (l *Load) publishRates(ctx context.Context) error {
	for _, r := range l.o.Rates {
		if err := l.topic.PublishRates(ctx, r); err != nil {
			return err
		}
	}
	table, err := l.topic.Refresh(ctx)
	if err != nil {
		return err
	}
	for _, p := range table.Publications(0) {
		if p.Rates != nil {
			l.rates = append(l.rates, p.Rates)
		}
	}
	slices.SortStableFunc(l.rates, func(a, b *pb.Rates) int { return cmp.Compare(a.Day, b.Day) })
	return nil
}

// maxWrong lines of a file of rates are listed.
const maxWrong = 20

// ReadRates reads a CSV of day, unit and rate (base units per unit of the
// currency or fund), with the header "day,unit,rate". The error lists every line
// that is wrong, up to maxWrong.
func ReadRates(path, base string) ([]*pb.Rates, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read rates: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	in := csv.NewReader(f)
	in.FieldsPerRecord = -1 // counted here, with the line
	byDay := map[int32]*pb.Rates{}
	var wrong []error
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if _, bad := errors.AsType[*csv.ParseError](err); bad {
			wrong = append(wrong, fmt.Errorf("read rates %s: %w", path, err))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read rates %s: %w", path, err)
		}
		line, _ := in.FieldPos(0)
		if line == 1 && strings.EqualFold(strings.Join(cells, ","), "day,unit,rate") {
			continue
		}
		day, rate, err := readRate(cells, base)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("read rates %s: line %d: %w", path, line, err))
			continue
		}
		if byDay[day] == nil {
			byDay[day] = &pb.Rates{Day: day}
		}
		byDay[day].Rates = append(byDay[day].Rates, rate)
	}
	if len(wrong) > 0 {
		return nil, wrongRates(path, wrong)
	}
	list := make([]*pb.Rates, 0, len(byDay))
	for _, r := range byDay {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *pb.Rates) int { return cmp.Compare(a.Day, b.Day) })
	return list, nil
}

func wrongRates(path string, wrong []error) error {
	if more := len(wrong) - maxWrong; more > 0 {
		wrong = append(wrong[:maxWrong:maxWrong], fmt.Errorf("read rates %s: and %d more lines; want day,unit,rate such as 2026-01-31,USD,7.1234", path, more))
	}
	return errors.Join(wrong...)
}

func readRate(cells []string, base string) (int32, *pb.Rate, error) {
	if len(cells) != 3 {
		return 0, nil, fmt.Errorf("%s: want day,unit,rate such as 2026-01-31,USD,7.1234", count.Of(len(cells), "field"))
	}
	day, err := event.ParseDay(strings.TrimSpace(cells[0]))
	if err != nil {
		return 0, nil, fmt.Errorf("day %w", err)
	}
	unit := strings.TrimSpace(cells[1])
	e12, err := event.RateE12(strings.TrimSpace(cells[2]), unit, base)
	if err != nil {
		return 0, nil, err
	}
	return day, &pb.Rate{Unit: unit, RateE12: e12}, nil
}
