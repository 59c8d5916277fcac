"""Records of spans and traces, rows of the file, trees and totals."""
