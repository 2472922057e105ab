System.Console.WriteLine("Ensembles");
