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

// ReadRates reads a CSV of day, unit and rate (base units per unit of the
// currency or fund), with the header "day,unit,rate".
func ReadRates(path, base string) ([]*pb.Rates, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read rates: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	in := csv.NewReader(f)
	in.FieldsPerRecord = 3
	byDay := map[int32]*pb.Rates{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
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
			return nil, fmt.Errorf("read rates %s: line %d: %w", path, line, err)
		}
		if byDay[day] == nil {
			byDay[day] = &pb.Rates{Day: day}
		}
		byDay[day].Rates = append(byDay[day].Rates, rate)
	}
	list := make([]*pb.Rates, 0, len(byDay))
	for _, r := range byDay {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *pb.Rates) int { return cmp.Compare(a.Day, b.Day) })
	return list, nil
}

func readRate(cells []string, base string) (int32, *pb.Rate, error) {
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
