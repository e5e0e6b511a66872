package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// family are series of one unit, which are drawn in one figure.
type family struct {
	name, unit string
	columns    []string
	// floor is the rise below which nobody would notice, in the unit.
	floor float64
	rows  [][]float64
}

// frame are all series of a run, sampled at the same times, minutes.
type frame struct {
	families []*family
	at       []float64
}

// of is the family of a name.
func (f *frame) of(name string) *family {
	return f.families[slices.IndexFunc(f.families, func(fam *family) bool { return fam.name == name })]
}

// row is what one sample knows: by family and column. What is absent was not to be
// had, as of a process that was down.
type row map[string]map[string]float64

func (r row) set(family, column string, v float64) {
	if r[family] == nil {
		r[family] = map[string]float64{}
	}
	r[family][column] = v
}

// add takes a sample in.
func (f *frame) add(at float64, r row) {
	f.at = append(f.at, at)
	for _, fam := range f.families {
		values := make([]float64, len(fam.columns))
		for i, column := range fam.columns {
			v, ok := r[fam.name][column]
			if !ok {
				v = math.NaN()
			}
			values[i] = v
		}
		fam.rows = append(fam.rows, values)
	}
}

// column is one series.
func (fam *family) column(i int) []float64 {
	values := make([]float64, len(fam.rows))
	for k, row := range fam.rows {
		values[k] = row[i]
	}
	return values
}

// write puts each family into a CSV file that deploy/plots draws; a cell that is
// empty was not to be had.
func (f *frame) write(dir, prefix string) error {
	if dir == "" || len(f.at) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // for people
		return fmt.Errorf("make directory of figures: %w", err)
	}
	var errs []error
	for _, fam := range f.families {
		errs = append(errs, f.writeOne(filepath.Join(dir, prefix+fam.name+".csv"), fam))
	}
	return errors.Join(errs...)
}

func (f *frame) writeOne(path string, fam *family) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	out := bufio.NewWriter(file)
	fmt.Fprintf(out, "minutes,%s\n", strings.Join(fam.columns, ","))
	for i, at := range f.at {
		fmt.Fprintf(out, "%.3f", at)
		for _, v := range fam.rows[i] {
			_ = out.WriteByte(',') // Flush tells
			if !math.IsNaN(v) {
				_, _ = out.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
		_ = out.WriteByte('\n')
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}
