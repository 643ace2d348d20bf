# Fit RcppML's nmf to the matrix in a folder as often as asked, and answer with the seconds of each fit.
suppressMessages(library(RcppML))
suppressMessages(library(Matrix))
args <- commandArgs(trailingOnly = TRUE)
folder <- args[1]
size <- as.numeric(args[3:5])
k <- as.integer(args[6])
options(RcppML.threads = as.integer(args[7]))
setRcppMLthreads(as.integer(args[7]))
x <- readBin(file.path(folder, "x"), "double", size[3])
if (args[2] == "sparse") {
  A <- new("dgCMatrix",
    i = readBin(file.path(folder, "i"), "integer", size[3]),
    p = readBin(file.path(folder, "p"), "integer", size[2] + 1),
    x = x, Dim = as.integer(size[1:2])
  )
} else {
  A <- matrix(x, size[1], size[2])
}
asked <- file("stdin", "r")
while (length(line <- readLines(asked, 1)) > 0) {
  began <- Sys.time()
  # A is X transposed, so its h holds our W, and its w our H
  model <- nmf(A, k, tol = 0, maxit = as.integer(line), verbose = FALSE, seed = 1)
  seconds <- as.numeric(difftime(Sys.time(), began, units = "secs"))
  if (isS4(model)) model <- list(w = model@w, d = model@d, h = model@h)
  writeBin(as.vector(model$h), file.path(folder, "W"))
  writeBin(as.vector(t(model$w %*% diag(model$d, k))), file.path(folder, "H"))
  cat(sprintf("%.9f\n", seconds))
  flush(stdout())
}
