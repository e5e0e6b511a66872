// Command plots draws figures of the benchmark: each CSV file becomes an SVG file
// beside it or in another directory. The first column is x, every further one a line;
// the first row names them. It is a module of its own, so that the program's
// dependencies stay the program's.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

func main() {
	out := flag.String("out", ".", "directory of the SVG files")
	unit := flag.String("unit", "", "name of the y axis")
	log := flag.Bool("log", false, "logarithmic x axis")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: plots [-out DIR] [-unit TEXT] [-log] FILE.csv...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	for _, name := range flag.Args() {
		if err := draw(name, *out, *unit, *log); err != nil {
			fmt.Fprintf(os.Stderr, "plots: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}

// draw makes one figure.
func draw(name, out, unit string, log bool) error {
	head, lines, err := read(name)
	if err != nil {
		return err
	}
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text, p.Y.Min = head[0], unit, 0
	p.Legend.Top = false
	if log {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	var series []any
	for i, line := range lines {
		series = append(series, head[i+1], line)
	}
	if err := plotutil.AddLinePoints(p, series...); err != nil {
		return fmt.Errorf("draw lines: %w", err)
	}
	p.Y.Min = 0
	to := filepath.Join(out, strings.TrimSuffix(filepath.Base(name), ".csv")+".svg")
	if err := p.Save(16*vg.Centimeter, 9*vg.Centimeter, to); err != nil {
		return fmt.Errorf("write figure: %w", err)
	}
	return nil
}

// read gives the names of the columns and a line for each but the first.
func read(name string) (head []string, lines []plotter.XYs, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if len(rows) < 2 || len(rows[0]) < 2 {
		return nil, nil, fmt.Errorf("%d rows: one of names and one of figures are needed, with two columns", len(rows))
	}
	head = rows[0]
	lines = make([]plotter.XYs, len(head)-1)
	for i, row := range rows[1:] {
		var v []float64
		for k, cell := range row {
			x, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				return nil, nil, fmt.Errorf("row %d, column %q: %w", i+2, head[k], err)
			}
			v = append(v, x)
		}
		for k := range lines {
			lines[k] = append(lines[k], plotter.XY{X: v[0], Y: v[k+1]})
		}
	}
	return head, lines, nil
}
