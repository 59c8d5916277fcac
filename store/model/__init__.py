"""The records that cross the file, and trees and sums of them."""
